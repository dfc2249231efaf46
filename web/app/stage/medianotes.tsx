// SPDX-License-Identifier: Apache-2.0
// What has to be said about sound and cameras, one sentence each, over the stage. They go when they
// are no longer true; who has read one may close it, which makes place for what was less urgent.
import { useEffect, useState } from 'preact/hooks';
import { Icon } from '../icons/icon';
import { alarm } from '../model/announcer';
import { mediaNotes, type MediaNote } from '../model/media';
import { useStore } from '../model/store';
import { strings } from '../strings';

/** Network, microphone and camera may be in trouble at once: who pressed Camera must not read of the microphone alone. */
const SHOWN_MAX = 3;

export function MediaNotes() {
	const store = useStore();
	const [closed, close] = useState<ReadonlySet<string>>(new Set());
	const notes = mediaNotes(store);
	const ids = notes.map((note) => note.id).join();
	// What is true anew is said anew.
	useEffect(() => close((before) => new Set([...before].filter((id) => notes.some((note) => note.id === id)))), [ids]);
	const shown = notes.filter((note) => !closed.has(note.id)).slice(0, SHOWN_MAX);
	return (
		<>
			{shown.map((note) => (
				<Note key={note.id} note={note} onClose={() => close((before) => new Set([...before, note.id]))} />
			))}
		</>
	);
}

function Note({ note, onClose }: { note: MediaNote; onClose: () => void }) {
	useEffect(() => alarm(note.text), [note.id]);
	return (
		<div class="pop notice notice--media">
			<Icon name="alert" small />
			<p class="grow">{note.text}</p>
			{note.act && (
				<button type="button" class="btn btn--s btn--primary" onClick={note.act.run}>
					{note.act.label}
				</button>
			)}
			<button type="button" class="btn btn--s btn--quiet btn--icon" aria-label={strings.value.close} onClick={onClose}>
				<Icon name="x" small />
			</button>
		</div>
	);
}
