"""What `check` found, for people and for programs: in a terminal, as data, in a notebook, in the margin of the text."""
