"""Where workers run: `local` starts them as child processes. Light: no engine imports what it starts."""
