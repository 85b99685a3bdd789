"""What people derived by hand: found in their files, read, interpreted for a layer, and judged line by line.

`sources` finds the mathematics of a file; `context` says what its letters mean and which layer they speak of; `world`
holds the arrays of that layer and their derivatives; `evaluation` gives a formula its value there; `judging` compares
the sides; `diagnosis` says what is wrong with those that differ; `findings` is what comes out.
"""
