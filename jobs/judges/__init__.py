"""One file a metric that looks at pictures."""
