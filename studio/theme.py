"""The looks of Gradio's own components, in terms of the variables that parts/1-paper.css sets."""

from __future__ import annotations

import gradio as gr

FONTS = ["system-ui", "-apple-system", "Segoe UI", "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans KR"]
FONTS += ["Noto Sans CJK KR", "sans-serif"]
MONO = ["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "Noto Sans Mono CJK KR", "monospace"]

LOOKS = {
    "body_background_fill": "var(--paper)",
    "body_text_color": "var(--ink)",
    "body_text_color_subdued": "var(--dim)",
    "background_fill_primary": "var(--paper)",
    "background_fill_secondary": "var(--panel)",
    "block_background_fill": "transparent",
    "block_border_color": "transparent",
    "block_label_background_fill": "transparent",
    "block_label_text_color": "var(--dim)",
    "block_title_text_color": "var(--dim)",
    "block_info_text_color": "var(--dim)",
    "border_color_primary": "var(--line)",
    "border_color_accent": "var(--accent)",
    "color_accent": "var(--accent)",
    "color_accent_soft": "var(--accent-soft)",
    "input_background_fill": "var(--well)",
    "input_background_fill_focus": "var(--well)",
    "input_border_color": "var(--line)",
    "input_border_color_focus": "var(--accent)",
    "input_placeholder_color": "var(--dim)",
    "slider_color": "var(--accent)",
    "checkbox_background_color": "var(--well)",
    "checkbox_background_color_selected": "var(--accent)",
    "checkbox_border_color": "var(--line-strong)",
    "checkbox_border_color_selected": "var(--accent)",
    "checkbox_border_color_focus": "var(--accent)",
    "button_primary_background_fill": "var(--accent)",
    "button_primary_background_fill_hover": "var(--accent-high)",
    "button_primary_text_color": "var(--on-accent)",
    "button_primary_border_color": "transparent",
    "button_secondary_background_fill": "transparent",
    "button_secondary_background_fill_hover": "var(--panel)",
    "button_secondary_text_color": "var(--ink)",
    "button_secondary_border_color": "var(--line-strong)",
    "error_background_fill": "var(--panel)",
    "error_text_color": "var(--wrong)",
    "link_text_color": "var(--accent-ink)",
    "panel_background_fill": "var(--panel)",
    "stat_background_fill": "var(--accent)",
    "loader_color": "var(--accent)",
    "shadow_drop": "none",
    "shadow_drop_lg": "none",
}


def theme() -> gr.themes.Base:
    """A darkroom: neutral greys, hairlines, one accent; the same words in light and dark."""
    base = gr.themes.Base(
        font=FONTS,
        font_mono=MONO,
        spacing_size=gr.themes.sizes.spacing_sm,
        radius_size=gr.themes.sizes.radius_md,
        text_size=gr.themes.sizes.text_sm,
    )
    known = vars(base)
    both = LOOKS | {f"{key}_dark": value for key, value in LOOKS.items() if f"{key}_dark" in known}
    sizes = {"block_border_width": "0px", "block_padding": "0px", "block_shadow": "none", "input_shadow": "none"}
    return base.set(**both, **sizes, button_primary_shadow="none", button_secondary_shadow="none")
