"""What people derived by hand: found in their files, read, interpreted for a layer, and judged line by line.

- `sources` finds the mathematics of a file; `annotations` knows verdicts that an earlier check left in it.
- `discovery` works out which layer a text speaks of and what its letters mean, which a `Context` holds; `given` takes
  what the text says of that itself, and `own` documents that symconv wrote.
- `engines` asks who knows a formula. One layer: `spelling` makes arrays of names, `world` holds their entries and
  derivatives, `evaluation`, `operators`, `values` give a formula its value, `judging` compares the sides; `masks` and
  `conditions` belong to max pooling, `fresh` to names that the text defines. Others: `general` for all sizes,
  `layered` for layers in sequence, `smooth` for functions, `own_lines` for lines that symconv wrote.
- `diagnosis` says what is wrong with a formula that does not hold; `findings` is what comes out.
"""
