//! Columns of numbers, read straight from the text of feed samples.
