"""What needs a model: tasks, the workers that run them, and the engines they use.

`task`, `folder`, `recipes` and `tasks` are light: the page imports them to draw
forms. A task imports its engines inside `run` alone; that line is the border
between the page's process and the workers'.
"""
