"""One file per layer family: shapes, the forward map by definition, and the closed forms it claims."""
