"""From forms to typed steps: local gradients, the chain rule, closed forms, and all of them as notation."""
