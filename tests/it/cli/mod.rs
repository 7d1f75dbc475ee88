//! The program as people and machines run it: files, lines, exit codes.

mod batch;
mod cases;
mod commands;
mod demo;
mod files;
mod jobs;
mod keys;
mod notices;
mod program;
mod records;
mod revoke_key;
mod verify;
