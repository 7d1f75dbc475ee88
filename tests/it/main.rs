//! The one integration-test program: one module per flow.

mod pdf;
