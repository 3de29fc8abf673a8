"""One file a metric; `features` looks at the pictures for all of them."""
