// SPDX-License-Identifier: Apache-2.0
// The lucide icons in use, by what they mean here. Nothing else of lucide is bundled.
import {
	AppWindow, ArrowLeftRight, Ban, Check, ChevronDown, ChevronRight, CircleAlert, Columns2, Copy, DoorOpen, Ellipsis,
	Eye, EyeOff, Hand, Info, KeyRound, Keyboard, Languages, Lock, LockOpen, LogOut, Mail, Maximize, MessageSquare,
	MessageSquareDashed, MessageSquareOff, Mic, MicOff, Minimize, Minus, Monitor, MonitorOff, MonitorUp, Pause, Play, Plus,
	Power, RefreshCw, Reply,
	Scan, Search, SendHorizontal, Server, Signal, SlidersHorizontal, Square, User, UserPlus, Users, Video, VideoOff,
	Volume2, WifiOff, X,
} from 'lucide';

export const shapes = {
	alert: CircleAlert, away: WifiOff, bar: Ban, beside: Columns2, chat: MessageSquare, chatHalf: MessageSquareDashed,
	chatOff: MessageSquareOff, check: Check, copy: Copy, door: DoorOpen, down: ChevronDown, end: Power, fit: Scan,
	eye: Eye, eyeOff: EyeOff, full: Maximize, hand: Hand, info: Info, invite: UserPlus, key: KeyRound, keyboard: Keyboard,
	language: Languages, leave: LogOut,
	camera: Video, cameraOff: VideoOff, lock: Lock, mail: Mail, mic: Mic, micOff: MicOff, minus: Minus, more: Ellipsis,
	path: Signal, pause: Pause, people: Users, person: User,
	play: Play, plus: Plus, reload: RefreshCw, reply: Reply, right: ChevronRight, screen: Monitor,
	screenOff: MonitorOff, screenUp: MonitorUp, search: Search, send: SendHorizontal, server: Server,
	settings: SlidersHorizontal, sound: Volume2, stop: Square, swap: ArrowLeftRight, unfull: Minimize, unlock: LockOpen,
	window: AppWindow, x: X,
} as const;

export type IconName = keyof typeof shapes;
