//! The `seal` room.
