//! The web face, without a network: requests go straight into the router.

mod document;
mod jobs;
mod lines;
mod manners;
mod pages;
mod reports;
mod uploads;
mod verifications;
mod verify;
mod web;
