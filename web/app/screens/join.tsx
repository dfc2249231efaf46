// SPDX-License-Identifier: Apache-2.0
// From the link to the meeting: a name, and one button. By number also a password, or a knock.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { JoinAnswer, Link } from '../../sdk/index';
import { Icon } from '../icons/icon';
import type { IconName } from '../icons/shapes';
import { now } from '../model/clock';
import { grouped } from '../model/format';
import { recall, remember } from '../model/memory';
import { useStore } from '../model/store';
import { Page } from '../parts/page';
import { Problem } from '../parts/problem';
import { useTitle } from '../parts/title';
import { strings } from '../strings';
import { JoinProblem, type Refused } from './joinproblem';
import { Preview } from './preview';

const NAME_MAX = 64;
const SLOW_MS = 2000;

type LinkWithNumber = Exclude<Link, { kind: 'none' }>;

interface Outcome {
	readonly refused: Refused;
	readonly at: number;
}

/** Only what stands in the way: everything else goes on by itself. */
function refusalOf(answer: JoinAnswer): Refused | null {
	switch (answer.kind) {
		case 'admitted':
		case 'lobby':
		case 'password_or_knock':
		case 'unsupported':
			return null;
		default:
			return answer;
	}
}

export function Join({ link, initial }: { link: LinkWithNumber; initial?: Refused }) {
	const { client, status } = useStore();
	const t = strings.value.join;
	const [name, setName] = useState(client.returningName || (recall('name') ?? ''));
	const [password, setPassword] = useState('');
	const [lacks, setLacks] = useState<'name' | 'password' | null>(null);
	const [asking, setAsking] = useState(false);
	const [outcome, setOutcome] = useState<Outcome | null>(initial ? { refused: initial, at: now.peek() } : null);
	const nameField = useRef<HTMLInputElement>(null);
	const passwordField = useRef<HTMLInputElement>(null);
	const byLink = link.kind === 'attendee' || link.kind === 'organizer';
	const busy = asking || status.value.kind === 'joining' || status.value.kind === 'connecting';
	const slow = useSlow(busy);
	useTitle(t.pageTitle(grouped(link.number)));

	const join = async (knock: boolean): Promise<void> => {
		const trimmed = name.trim();
		const missing = trimmed === '' ? 'name' : !byLink && !knock && password === '' ? 'password' : null;
		setLacks(missing);
		if (missing) {
			(missing === 'name' ? nameField : passwordField).current?.focus();
			return;
		}
		remember('name', trimmed);
		setAsking(true);
		const answer = await client.join({
			number: link.number,
			name: trimmed,
			...(password === '' || knock ? {} : { password }),
			...(knock ? { knock } : {}),
		});
		setAsking(false);
		if (answer.kind === 'password_or_knock') setLacks('password');
		const refused = refusalOf(answer);
		setOutcome(refused ? { refused, at: now.peek() } : null);
	};

	const over = outcome?.refused.kind === 'ended' || outcome?.refused.kind === 'newer_link';
	const mayKnock = !byLink || outcome?.refused.kind === 'locked';
	return (
		<Page class="join">
			<div class="head">
				<h1>{t.title}</h1>
				<p class="num">
					{t.number(grouped(link.number))}
					{link.kind === 'organizer' && ` · ${t.asOrganizer}`}
				</p>
			</div>
			<div class="join-side">
				<Preview />
				<Facts />
			</div>
			<form
				class="card"
				noValidate
				aria-busy={busy}
				onSubmit={(event) => {
					event.preventDefault();
					void join(outcome?.refused.kind === 'locked');
				}}
			>
				{outcome && <JoinProblem refused={outcome.refused} at={outcome.at} byLink={byLink} />}
				{!outcome && link.kind === 'broken' && <Problem {...t.brokenLink} />}
				{!over && (
					<>
						<Field id="name" label={t.name} complaint={lacks === 'name' ? t.nameMissing : null}>
							<input
								ref={nameField}
								id="name"
								class="field field--big"
								autocomplete="name"
								maxLength={NAME_MAX}
								autofocus
								value={name}
								dir="auto"
								aria-invalid={lacks === 'name'}
								aria-describedby="name-hint"
								onInput={(event) => setName(event.currentTarget.value)}
							/>
						</Field>
						{!byLink && (
							<Field
								id="password"
								label={t.password}
								complaint={lacks === 'password' ? t.passwordMissing : null}
								hint={t.passwordHint}
							>
								<input
									ref={passwordField}
									id="password"
									class="field"
									type="password"
									autocomplete="current-password"
									value={password}
									aria-invalid={lacks === 'password'}
									aria-describedby="password-hint"
									onInput={(event) => setPassword(event.currentTarget.value)}
								/>
							</Field>
						)}
						<Buttons
							busy={busy}
							locked={outcome?.refused.kind === 'locked'}
							mayKnock={mayKnock}
							onKnock={() => void join(true)}
						/>
						<p class="hint slow" aria-live="polite">
							{slow ? t.slow : ''}
						</p>
					</>
				)}
			</form>
		</Page>
	);
}

/** True when something has been going on for two seconds: then a sentence is due. */
function useSlow(busy: boolean): boolean {
	const [slow, setSlow] = useState(false);
	useEffect(() => {
		setSlow(false);
		if (!busy) return undefined;
		const timer = setTimeout(() => setSlow(true), SLOW_MS);
		return () => clearTimeout(timer);
	}, [busy]);
	return slow;
}

interface ButtonsProps {
	readonly busy: boolean;
	readonly locked: boolean;
	readonly mayKnock: boolean;
	readonly onKnock: () => void;
}

function Buttons({ busy, locked, mayKnock, onKnock }: ButtonsProps) {
	const t = strings.value.join;
	return (
		<div class="join-acts">
			<button class="btn btn--primary btn--big" disabled={busy}>
				{busy ? t.going : locked ? t.knock : t.go}
			</button>
			{mayKnock && !locked && (
				<button
					type="button"
					class="btn btn--big"
					disabled={busy}
					onClick={onKnock}
					aria-describedby="knock-hint"
				>
					{t.knockInstead}
				</button>
			)}
			{mayKnock && (
				<p class="hint" id="knock-hint">
					{t.knockHint}
				</p>
			)}
		</div>
	);
}

interface FieldProps {
	readonly id: string;
	readonly label: string;
	readonly complaint: string | null;
	readonly hint?: string;
	readonly children: preact.ComponentChildren;
}

function Field({ id, label, complaint, hint, children }: FieldProps) {
	return (
		<div>
			<label class="label" for={id}>
				{label}
			</label>
			{children}
			<p
				class={complaint === null ? 'hint' : 'hint hint--bad'}
				id={`${id}-hint`}
				role={complaint === null ? undefined : 'alert'}
			>
				{complaint ?? hint ?? ''}
			</p>
		</div>
	);
}

function Facts() {
	const t = strings.value.join;
	const facts: readonly (readonly [IconName, string])[] = [
		['person', t.sharesName],
		['mic', t.sharesMedia],
		['screen', t.sharesNothing],
		['lock', t.sharesServer],
	];
	return (
		<section class="facts" aria-labelledby="facts">
			<h2 id="facts">{t.sharedTitle}</h2>
			<ul>
				{facts.map(([icon, text]) => (
					<li>
						<Icon name={icon} />
						<span>{text}</span>
					</li>
				))}
			</ul>
		</section>
	);
}
