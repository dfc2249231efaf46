// SPDX-License-Identifier: Apache-2.0
// Why a join did not work, each as a sentence with what to do.
import type { JoinAnswer } from '../../sdk/index';
import { now } from '../model/clock';
import { Problem } from '../parts/problem';
import { strings } from '../strings';

export type Refused = Exclude<JoinAnswer, { kind: 'admitted' | 'lobby' | 'password_or_knock' | 'unsupported' }>;

interface JoinProblemProps {
	readonly refused: Refused;
	/** When the answer came, for the count of a too_many. */
	readonly at: number;
	readonly byLink: boolean;
}

export function JoinProblem({ refused, at, byLink }: JoinProblemProps) {
	const t = strings.value.join;
	switch (refused.kind) {
		case 'refused':
			return (
				<Problem
					title={t.refused.title}
					text={byLink ? t.refused.link : t.refused.digits}
					code="JOIN-REFUSED"
				/>
			);
		case 'locked':
			return <Problem {...t.locked} />;
		case 'ended':
			return <Problem {...t.ended} />;
		case 'too_many': {
			const left = Math.ceil(refused.retryAfterS - (now.value - at) / 1000);
			return <Problem title={t.tooMany.title} text={t.tooMany.text(Math.max(0, left))} code="JOIN-TOO-MANY" />;
		}
		case 'offline':
			return <Problem {...t.offline} code="NET-NO-ANSWER" />;
		case 'not_now':
			return <Problem {...t.notNow} code="SERVER-NOT-NOW" />;
		case 'newer_link':
			return <Problem {...t.newerLink} code="LINK-E2E" />;
	}
}
