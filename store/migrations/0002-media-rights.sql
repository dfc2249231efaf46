-- SPDX-License-Identifier: Apache-2.0
-- Who may open a microphone or a camera: a setting of the session and a right of each member.
ALTER TABLE sessions ADD COLUMN audio BIGINT NOT NULL DEFAULT 1;
ALTER TABLE sessions ADD COLUMN video BIGINT NOT NULL DEFAULT 1;
ALTER TABLE members ADD COLUMN may_audio BIGINT NOT NULL DEFAULT 1;
ALTER TABLE members ADD COLUMN may_video BIGINT NOT NULL DEFAULT 1;
