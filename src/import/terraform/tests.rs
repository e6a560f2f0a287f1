//! Plans to resources.
