"""One file a model that tells faces apart; `detection` finds the faces."""
