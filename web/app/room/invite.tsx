// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from 'preact/hooks';
import { Icon } from '../icons/icon';
import { grouped } from '../model/format';
import { useStore } from '../model/store';
import { CopyButton } from '../parts/copy';
import { Dialog } from '../parts/dialog';
import { strings } from '../strings';

/** Undefined while the SDK works it out, null when this browser does not know the link. */
function useInvitation(): string | null | undefined {
	const { client } = useStore();
	const [link, setLink] = useState<string | null | undefined>(undefined);
	useEffect(() => {
		let stale = false;
		void client.invitation().then((known) => {
			if (!stale) setLink(known);
		});
		return () => {
			stale = true;
		};
	}, [client]);
	return link;
}

export function InviteDialog({ onClose }: { onClose: () => void }) {
	const store = useStore();
	const t = strings.value.invite;
	const link = useInvitation();
	const number = grouped(store.session.value?.number ?? '');
	const title = store.title.value;
	const mail = (known: string): string => {
		const subject = encodeURIComponent(t.mailSubject(title));
		const body = encodeURIComponent(t.mailBody(title, known, number, location.host));
		return `mailto:?subject=${subject}&body=${body}`;
	};
	return (
		<Dialog title={t.title} onClose={onClose}>
			<label class="label" for="invite-link">
				{t.link}
			</label>
			{link === null ? (
				<p class="dim">{t.noLink}</p>
			) : (
				<>
					<div class="invite-line">
						<input
							id="invite-link"
							class="field one"
							readOnly
							dir="ltr"
							value={link ?? ''}
							onFocus={(event) => event.currentTarget.select()}
						/>
						<CopyButton text={link ?? ''} label={t.copyLink} class="btn btn--primary" />
					</div>
					<p class="hint">{t.linkHint}</p>
				</>
			)}
			<h3 class="label invite-number">{t.number}</h3>
			<div class="invite-line">
				<p class="invite-digits num grow" dir="ltr">
					{number}
				</p>
				<CopyButton text={number} label={strings.value.copy} class="btn" />
			</div>
			<p class="hint">{t.numberHint(location.host)}</p>
			{typeof link === 'string' && (
				<div class="dialog-acts">
					<a class="btn" href={mail(link)}>
						<Icon name="mail" small /> {t.mail}
					</a>
				</div>
			)}
		</Dialog>
	);
}
