"""The `ghtools` command: one file per verb, each reads its arguments, calls one library function, shows the result."""
