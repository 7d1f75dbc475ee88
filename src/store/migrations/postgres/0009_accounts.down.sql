DROP TABLE account_link;
DROP TABLE api_client;
DROP TABLE invitation;
DROP TABLE sign_in_failure;
DROP TABLE session;
DROP TABLE recovery_code;
DROP TABLE account_role;
DROP TABLE account;
