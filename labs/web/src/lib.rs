//! The lab `web` has no functions of its own: its API calls those of the game. The package says which template
//! and which page belong to the lab.
