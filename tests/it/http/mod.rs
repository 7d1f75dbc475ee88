//! The web face, without a network: requests go straight into the router.

mod abuse;
mod access;
mod accounts;
mod browser;
mod cases;
mod clients;
mod desk;
mod desk_others;
mod document;
mod jobs;
mod limits;
mod lines;
mod manners;
mod my;
mod notices;
mod pages;
mod quality;
mod records;
mod reports;
mod sharing;
mod uploads;
mod verifications;
mod verify;
mod web;
