//! The web face, without a network: requests go straight into the router.

mod access;
mod accounts;
mod browser;
mod cases;
mod console;
mod console_journal;
mod console_ratings;
mod console_registers;
mod console_reports;
mod console_rules;
mod document;
mod jobs;
mod lines;
mod manners;
mod pages;
mod quality;
mod records;
mod reports;
mod uploads;
mod verifications;
mod verify;
mod web;
