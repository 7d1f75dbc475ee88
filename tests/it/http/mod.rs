//! The web face, without a network: requests go straight into the router.

mod access;
mod accounts;
mod browser;
mod cases;
mod document;
mod jobs;
mod lines;
mod manners;
mod notices;
mod pages;
mod quality;
mod records;
mod reports;
mod uploads;
mod verifications;
mod verify;
mod web;
