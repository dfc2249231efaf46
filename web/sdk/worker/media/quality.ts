// SPDX-License-Identifier: Apache-2.0
import { Grade, Path, QualityReason } from '../../gen/session_pb';
import type { MediaPath, QualityGrade, QualityReason as Reason } from '../../shared/types';

const GRADES: Readonly<Record<Grade, QualityGrade>> = {
	[Grade.UNKNOWN]: 'unknown', [Grade.GOOD]: 'good', [Grade.FAIR]: 'fair', [Grade.POOR]: 'poor', [Grade.LOST]: 'lost',
};
const REASONS: Readonly<Record<QualityReason, Reason>> = {
	[QualityReason.REASON_NONE]: 'none',
	[QualityReason.REASON_LOSS_UP]: 'loss_up',
	[QualityReason.REASON_LOSS_DOWN]: 'loss_down',
	[QualityReason.REASON_DELAY]: 'delay',
	[QualityReason.REASON_BANDWIDTH_UP]: 'bandwidth_up',
	[QualityReason.REASON_BANDWIDTH_DOWN]: 'bandwidth_down',
	[QualityReason.REASON_TCP]: 'tcp',
	[QualityReason.REASON_SILENT]: 'silent',
};

export const gradeOf = (grade: Grade): QualityGrade => GRADES[grade] ?? 'unknown';
export const reasonOf = (reason: QualityReason): Reason => REASONS[reason] ?? 'none';
export const pathOf = (path: Path): MediaPath => (path === Path.UDP ? 'udp' : path === Path.TCP ? 'tcp' : 'unknown');
