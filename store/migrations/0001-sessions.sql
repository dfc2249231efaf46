-- Sessions, their numbers and their members. Every column has a line in docs/storage.md.

-- A number in use has no retired_until. A retired one keeps its row, so "used recently" is the
-- same unique key. What starts with ended_ lets holders of the old link learn that it is over;
-- it is erased a day after the end.
CREATE TABLE numbers (
	number BIGINT PRIMARY KEY CHECK (number BETWEEN 100000000 AND 999999999),
	retired_until BIGINT,
	ended_ms BIGINT,
	ended_uid BYTEA UNIQUE,
	ended_join_hash BYTEA,
	ended_organizer_hash BYTEA
);

CREATE TABLE sessions (
	uid BYTEA PRIMARY KEY,
	number BIGINT NOT NULL UNIQUE REFERENCES numbers (number),
	title TEXT NOT NULL,
	join_token_hash BYTEA NOT NULL,
	organizer_token_hash BYTEA NOT NULL,
	meeting_key BYTEA NOT NULL,
	password_hash TEXT NOT NULL,
	created_ms BIGINT NOT NULL,
	started_ms BIGINT NOT NULL,
	idle_since_ms BIGINT NOT NULL,
	state_seq BIGINT NOT NULL,
	last_commit BYTEA NOT NULL,
	locked BIGINT NOT NULL,
	lobby BIGINT NOT NULL,
	open_mode BIGINT NOT NULL,
	chat_public BIGINT NOT NULL,
	chat_private BIGINT NOT NULL,
	presenter BIGINT NOT NULL,
	organizer BIGINT NOT NULL,
	handed_over BIGINT NOT NULL,
	next_member BIGINT NOT NULL
);

CREATE TABLE members (
	session_uid BYTEA NOT NULL REFERENCES sessions (uid),
	id BIGINT NOT NULL CHECK (id BETWEEN 1 AND 4294967295),
	device_key_hash BYTEA NOT NULL,
	by_organizer_link BIGINT NOT NULL,
	name TEXT NOT NULL,
	role BIGINT NOT NULL,
	admitted BIGINT NOT NULL,
	may_chat_public BIGINT NOT NULL,
	may_chat_private BIGINT NOT NULL,
	may_share BIGINT NOT NULL,
	removed BIGINT NOT NULL,
	barred BIGINT NOT NULL,
	by_link BIGINT NOT NULL,
	source TEXT NOT NULL,
	gone BIGINT NOT NULL,
	PRIMARY KEY (session_uid, id),
	UNIQUE (session_uid, device_key_hash, by_organizer_link)
);
