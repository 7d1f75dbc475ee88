//! The configuration: one TOML file and `MINGZHENG_*` variables.
