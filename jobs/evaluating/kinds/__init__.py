"""One file a kind of evaluation: who takes part, and what is concluded in the end."""
