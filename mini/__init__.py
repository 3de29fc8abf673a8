"""The mini family: a small drawn world, and the recipe that trains a whole model family on it.

The drawing side needs Pillow and numpy only (no torch):

    from mini.world import sample, caption, Drawing, Person     # descriptions, all from seeds
    from mini.people import HELD_OUT                            # people never drawn in training, by name
    from mini.styles import TRAINED, HELD_OUT                   # styles, the second never drawn in training
    from mini.draw import draw
    from mini.examples import style_set, person_set

    drawing = sample(7)                     # who, expression, clothes, background, framing, style
    caption(drawing)                        # 'a close-up of a smiling woman with …, shaded style'
    caption(drawing, style=False)           # the same without the style clause
    draw(drawing, size=128)                 # a PIL picture; style="blueprint" redraws it in that style
    style_set("woodcut", 12, seed=1)        # yields (file name, picture, caption)
    person_set("Juniper", 12, seed=1)       # the same for one held-out person

The training side: `python -m mini.make` trains every part of models/mini, `python -m mini.measure`
writes the figures of its model card.
"""
