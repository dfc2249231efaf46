// SPDX-License-Identifier: Apache-2.0
// What cannot be taken back is asked first: a sentence, two buttons, the safe one focused.
import type { MemberId } from '../../sdk/index';
import { useStore } from '../model/store';
import { Question } from '../parts/dialog';
import { strings } from '../strings';

interface Closing {
	readonly onClose: () => void;
}

export function HandOverQuestion({ member, onClose }: Closing & { member: MemberId }) {
	const store = useStore();
	const t = strings.value.handOver;
	const name = store.memberOf(member)?.name;
	if (name === undefined) return null;
	const go = (): void => {
		onClose();
		void store.run(store.client.handOver(member));
	};
	return (
		<Question title={t.title(name)} text={t.text(name)} yes={t.go} no={t.keep} final onYes={go} onNo={onClose} />
	);
}

export function RemoveQuestion({ member, bar, onClose }: Closing & { member: MemberId; bar: boolean }) {
	const store = useStore();
	const t = strings.value.removal;
	const name = store.memberOf(member)?.name;
	if (name === undefined) return null;
	const go = (): void => {
		onClose();
		void store.run(store.client.remove(member, { bar }));
	};
	return (
		<Question
			title={bar ? t.barTitle(name) : t.title(name)}
			text={bar ? t.barText : t.text}
			yes={bar ? t.barGo : t.go}
			no={t.keep}
			final
			onYes={go}
			onNo={onClose}
		/>
	);
}

export function EndQuestion({ onClose }: Closing) {
	const store = useStore();
	const t = strings.value.end;
	const go = (): void => {
		onClose();
		void store.run(store.client.endSession());
	};
	return (
		<Question
			title={t.title}
			text={t.text(store.others.value.length)}
			yes={t.go}
			no={t.keep}
			final
			onYes={go}
			onNo={onClose}
		/>
	);
}

export function LeaveQuestion({ onClose }: Closing) {
	const store = useStore();
	const t = strings.value.end;
	const successor = store.session.value?.members.find((member) => member.successor)?.name ?? '';
	const leads = store.me.value?.role === 'organizer';
	const sentences = [leads && t.leaveOrganizer(successor), store.sharing.value && t.leaveSharing].filter(Boolean);
	const go = (): void => {
		onClose();
		void store.client.leave();
	};
	return (
		<Question
			title={t.leaveTitle}
			text={sentences.join(' ')}
			yes={t.leaveGo}
			no={t.leaveKeep}
			onYes={go}
			onNo={onClose}
		/>
	);
}
