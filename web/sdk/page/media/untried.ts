// SPDX-License-Identifier: Apache-2.0
import type { PathTrial } from '../../shared/types';

export const UNTRIED: PathTrial = { state: 'untried', udpMs: null, tcpMs: null };
