"""What the studio remembers: one SQLite store and one folder of files.

This room knows no torch and no gradio, and neither of the other rooms. Every
table of `tables` has its verbs in one module (`projects`, `datasets`,
`captions`, `queue`, `measures`, `loras`, `bases`, `pictures`, `snapshots`); what
touches several at once has one of its own (`changes`, `arrivals`). Nothing else
speaks SQL.
"""
