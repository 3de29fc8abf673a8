"""The door: what `python app.py …` can be asked. Knows storage, and of jobs only what is light."""
