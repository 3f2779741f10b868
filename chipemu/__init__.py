"""The machine that runs: what its cores hold, and the engines that advance them."""
