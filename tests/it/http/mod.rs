//! The web face, without a network: requests go straight into the router.

mod access;
mod accounts;
mod browser;
mod document;
mod manners;
mod pages;
mod reports;
mod uploads;
mod verifications;
mod verify;
mod web;
