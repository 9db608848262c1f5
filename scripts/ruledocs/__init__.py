"""The parts of docs/rules.md: tables of parameters, drawings, words beside them."""
