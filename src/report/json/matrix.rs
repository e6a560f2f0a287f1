//! `matrix --format json`.
//!
//! In: a matrix. Out: its value: groups, and a cell for each pair of them. Deliberately absent: shortening.

use super::VERSION;
use crate::{matrix::Matrix, report::cells::words};
use serde_json::{Value, json};

/// The whole answer.
pub fn matrix(matrix: &Matrix) -> Value {
    let groups = matrix.groups.iter().map(|group| json!({"ends": group.names, "inside": words(&group.inside)}));
    let cells = matrix.cells.iter().enumerate().flat_map(|(from, row)| {
        row.iter().enumerate().map(move |(to, cell)| json!({"from": from, "to": to, "allowed": words(cell)}))
    });
    json!({"version": VERSION, "groups": groups.collect::<Value>(), "cells": cells.collect::<Value>()})
}
