// SPDX-License-Identifier: Apache-2.0
// Jedes Wort, das jemand liest, auf Deutsch. Die Form gibt en.ts vor, der Compiler prüft sie.
import type { Strings } from './en';
import { whatIsShared } from './label';
import { mediaDe } from './de.media';

const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;

export const de: Strings = {
	code: 'de',
	language: 'Deutsch',
	direction: 'ltr',
	chooseLanguage: 'Sprache',
	copy: 'Kopieren',
	copied: 'Kopiert',
	copyCode: 'Code kopieren',
	close: 'Schließen',
	send: 'Senden',
	home: 'Tessera, zur ersten Seite',
	you: (name) => `${name} (Sie)`,
	decimals: ',',

	front: {
		pageTitle: 'Tessera',
		title: 'An einer Besprechung teilnehmen',
		lead: 'Öffnen Sie den Link, den Sie bekommen haben, oder geben Sie die Nummer der Besprechung ein.',
		number: 'Nummer',
		numberHint: 'Neun Ziffern, etwa 418 205 937',
		numberBad: 'Die Nummer einer Besprechung hat neun Ziffern.',
		go: 'Weiter',
	},

	join: {
		pageTitle: (number) => `Teilnehmen an ${number} · Tessera`,
		title: 'An der Besprechung teilnehmen',
		asOrganizer: 'Sie leiten diese Besprechung',
		number: (number) => `Besprechung ${number}`,
		name: 'Ihr Name',
		nameMissing: 'Geben Sie den Namen ein, den die anderen sehen sollen.',
		password: 'Passwort',
		passwordHint: 'Falls Sie eines bekommen haben. Ohne können Sie anklopfen.',
		passwordMissing: 'Geben Sie das Passwort ein oder klopfen Sie an.',
		go: 'Teilnehmen',
		going: 'Einen Moment…',
		knock: 'Anklopfen',
		knockInstead: 'Stattdessen anklopfen',
		knockHint: 'Die Leitung sieht Ihren Namen und entscheidet.',
		slow: 'Der Server lässt sich Zeit. Sie können weiter warten oder später wiederkommen.',
		sharedTitle: 'Was die anderen von Ihnen bekommen',
		sharesName: 'Ihren Namen und dass Sie da sind',
		sharesNothing: 'Nichts von Ihrem Bildschirm, bis Sie im Raum auf „Bildschirm“ drücken und auswählen',
		sharesMedia: 'Nichts von Mikrofon und Kamera, bis Sie deren Knöpfe drücken',
		sharesServer: 'Serverschlüssel: unterwegs verschlüsselt, doch wer diesen Server betreibt, könnte mitlesen',
		refused: {
			title: 'So kommen Sie nicht hinein',
			digits:
				'Nummer oder Passwort stimmen nicht, oder die Besprechung ist vorbei. Prüfen Sie beides oder ' +
				'klopfen Sie an.',
			link: 'Dieser Link gilt hier nicht, oder die Besprechung ist vorbei. Bitten Sie um einen neuen.',
		},
		locked: {
			title: 'Die Besprechung ist abgeschlossen',
			text: 'Im Moment kommt nur hinein, wem geöffnet wird. Klopfen Sie an, dann entscheidet die Leitung.',
		},
		ended: {
			title: 'Diese Besprechung ist vorbei',
			text: 'Es gibt nichts mehr, woran man teilnehmen könnte. Fragen Sie nach der nächsten.',
		},
		tooMany: {
			title: 'Zu viele Versuche aus Ihrem Netz',
			text: (seconds) =>
				seconds > 0
					? `Der Server nimmt den nächsten in ${count(seconds, 'Sekunde', 'Sekunden')} an.`
					: 'Sie können es jetzt wieder versuchen.',
		},
		offline: {
			title: 'Der Server antwortet nicht',
			text: 'Name und Passwort sind noch da. Prüfen Sie das Netz dieses Geräts und versuchen Sie es noch einmal.',
		},
		notNow: {
			title: 'Der Server kann gerade niemanden hineinlassen',
			text:
				'Er kann nicht speichern, was dazu nötig wäre. Laufende Besprechungen gehen weiter; versuchen ' +
				'Sie es in einer Minute.',
		},
		newerLink: {
			title: 'Dieser Link verspricht Ende-zu-Ende-Verschlüsselung',
			text:
				'Dieser Server kann das nicht halten. Sie wurden nicht hineingelassen, und nichts wurde ' +
				'gesendet. Bitten Sie um einen neueren Server oder einen anderen Link.',
		},
		brokenLink: {
			title: 'Der Link ist abgeschnitten',
			text:
				'Sein letzter Teil fehlt oder wurde unterwegs verändert. Öffnen Sie ihn noch einmal von dort, wo ' +
				'er stand, oder klopfen Sie an.',
		},
	},

	lobby: {
		pageTitle: 'Vorraum · Tessera',
		title: 'Die Leitung lässt Sie hinein',
		lead: (title) =>
			title === ''
				? 'Sie werden dort gesehen; diese Seite öffnet sich von selbst.'
				: `${title}. Sie werden dort gesehen; diese Seite öffnet sich von selbst.`,
		leadLocked:
			'Die Besprechung ist abgeschlossen: Nur die Leitung kann Ihnen öffnen. Diese Seite öffnet sich von selbst.',
		since: (time) => `wartet seit ${time}`,
		line: 'Eine Zeile an die Leitung',
		linePlaceholder: 'Nur die Leitung liest sie',
		from: 'Leitung',
		texts: 'Zwischen Ihnen und der Leitung',
		nothing: 'Nichts von Ihnen geht in den Raum und nichts aus dem Raum zu Ihnen.',
		leave: 'Gehen',
	},

	room: {
		pageTitle: (title) => `${title} · Tessera`,
		sharingTitle: (title) => `● Sie teilen · ${title}`,
		untitled: (number) => `Besprechung ${number}`,
		organizes: (name) => `${name} leitet`,
		youOrganize: 'Sie leiten',
		nobodyOrganizes: 'Niemand leitet',
		number: 'Nummer der Besprechung',
		controls: 'Bedienung',
		people: 'Personen',
		chat: 'Chat',
		more: 'Mehr',
		screen: 'Bildschirm',
		screenTaken: 'Die Leitung hat Ihnen das Teilen genommen',
		pause: 'Pause',
		goOn: 'Weiter',
		hand: 'Melden',
		handUp: 'Gemeldet',
		raiseHand: 'Hand heben',
		lowerHand: 'Hand senken',
		leave: 'Gehen',
		invite: 'Einladen',
		settings: 'Einstellungen der Besprechung',
		unread: (n) => count(n, 'neue Nachricht', 'neue Nachrichten'),
		waits: (n) => (n === 1 ? '1 wartet' : `${n} warten`),
		hands: (n) => count(n, 'Meldung', 'Meldungen'),
		fullScreen: 'Vollbild',
		leaveFullScreen: 'Vollbild beenden',
		sharing: 'Sie teilen',
		sharingPaused: 'Teilen pausiert',
		lockedChip: 'Abgeschlossen',
		shortcuts: 'Tastenkürzel',
		palette: 'Aktion finden',
		toStage: 'Zum geteilten Bildschirm',
		mainPanel: 'Personen und Chat',
	},

	...mediaDe,

	trust: {
		chip: 'Serverschlüssel',
		title: 'Der Server hat den Schlüssel dieser Besprechung',
		text:
			'Bildschirm, Ton, Kameras und Chat sind unterwegs verschlüsselt, mit einem Schlüssel, den dieser Server gezogen ' +
			'hat und am Ende löscht. Wer den Server betreibt, könnte bis dahin mitlesen.',
		who: 'Wer entschlüsseln kann',
		people: (n) => count(n, 'Person im Raum', 'Personen im Raum'),
		peopleWhat: 'Bildschirm, Ton, Chat',
		server: 'Server',
		serverWhat: 'Bildschirm, Ton, Chat',
		note: 'Im Browser vertrauen Sie auch der Seite, die dieser Server geschickt hat.',
	},

	stage: {
		label: (name) => `Bildschirm von ${name}`,
		roledescription: 'geteilter Bildschirm',
		help: 'Pfeiltasten verschieben das Bild, Plus und Minus ändern die Größe, 0 passt es ein, 1 zeigt jedes Pixel.',
		owner: (name) => `Bildschirm von ${name}`,
		what: (label) => whatIsShared(label, 'ganzer Monitor', 'Fenster', 'Browser-Tab', 'Bildschirm'),
		exact: 'jedes Pixel genau',
		size: 'Größe',
		fit: 'Einpassen',
		one: '1:1',
		percent: (n) => `${n} %`,
		zoomIn: 'Größer',
		zoomOut: 'Kleiner',
		map: 'Sie sehen diesen Teil des Bildschirms',
		screens: 'Welcher Bildschirm',
		screenN: (n, label) => `Bildschirm ${n}: ${label}`,
		beside: 'Alle nebeneinander',
		onlyThis: (name) => `${name}, nur diesen`,
		empty: 'Niemand teilt einen Bildschirm',
		emptyYou: 'Drücken Sie auf „Bildschirm“ und wählen Sie aus. Vorher verlässt nichts diesen Rechner.',
		emptyTake: 'Hier dürfen alle zeigen: Drücken Sie auf „Bildschirm“ und wählen Sie aus.',
		emptyOther: (name) => `${name} ist an der Reihe. Der Bildschirm erscheint hier von selbst.`,
		emptyNobody: 'Die Leitung bestimmt, wer zeigt.',
		opening: (name) => `Der Bildschirm von ${name} kommt`,
		openingText: 'Das erste Bild wird geholt, meist in einer Sekunde.',
		openingSlow:
			'Es dauert länger als sonst. Chat und Personenliste gehen schon; das Bild kommt, sobald das Netz es durchlässt.',
		paused: (name) => `${name} macht Pause`,
		pausedFrozen: 'Das Bild steht still, bis es weitergeht',
		pausedBlank: 'Der Bildschirm ist verdeckt, bis es weitergeht',
		catchingUp: 'Holt auf',
		unreadable: (name) => `Das Bild von ${name} lässt sich nicht lesen`,
		unreadableText: 'Ein neues ist angefordert. Bleibt es so, bitten Sie darum, das Teilen zu beenden und neu zu beginnen.',
		lost: (time) =>
			`Ein Teil des Bildes ging unterwegs verloren. Ein neues wird geholt; Sie sehen das von ${time}.`,
		interrupted: (name) => `Die Verbindung von ${name} ist weg`,
		interruptedText: 'Das ist das letzte Bild. Es geht von selbst weiter, sobald die Verbindung wieder da ist.',
		away: 'Die Verbindung ist weg. Neuer Versuch',
		awayOffline: 'Dieses Gerät ist offline',
		awayText: 'Das ist das letzte Bild. Platz und Rolle bleiben 15 Minuten für Sie.',
		awayNoPicture: 'Platz und Rolle bleiben 15 Minuten für Sie.',
		in: (seconds) => `in ${seconds} s`,
		now: 'jetzt',
		tryNow: 'Jetzt versuchen',
	},

	people: {
		title: 'Personen',
		find: (n) => `Unter ${n} suchen`,
		none: 'Niemand heißt so.',
		moreFound: (n) => `${n} weitere. Geben Sie einen Namen ein.`,
		waiting: 'Im Vorraum',
		waits: (name) => `${name} wartet`,
		waitsSince: (minutes) => (minutes < 1 ? 'im Vorraum, gerade gekommen' : `im Vorraum, ${minutes} min`),
		cameByNumber: 'mit Nummer, ohne Link',
		wasRemoved: 'wurde schon entfernt',
		admit: 'Öffnen',
		admitAll: (n) => `Allen ${n} öffnen`,
		notNow: 'Nicht jetzt',
		write: 'Schreiben',
		writeLabel: (name) => `Eine Zeile an ${name}`,
		saysYou: 'Sie',
		organizer: 'Leitung',
		presenter: 'Zeigt',
		sharing: 'Zeigt gerade',
		paused: 'Zeigt, pausiert',
		attendee: 'Nimmt teil',
		handUp: (place) => `Meldet sich, ${place}.`,
		away: 'Verbindung weg',
		behind: (seconds) => `${seconds} s zurück`,
		desktop: 'Programm',
		icon: {
			shares: 'teilt den Bildschirm',
			mayShare: 'darf teilen',
			noShare: 'darf nicht teilen',
			hand: 'meldet sich',
			chat: 'darf chatten',
			chatPublicOnly: 'darf an alle schreiben, nicht privat',
			chatPrivateOnly: 'darf privat schreiben, nicht an alle',
			noChat: 'darf nicht chatten',
			path: (ms) => (ms > 0 ? `TLS · ${ms} ms` : 'TLS'),
			slowPath: (ms) => `TLS · ${ms} ms, langsame Verbindung`,
			away: 'Verbindung weg',
		},
		actions: (name) => `Aktionen für ${name}`,
		makePresenter: 'Zeigen lassen',
		makePresenterStops: (name) => `Das Teilen von ${name} endet zuerst`,
		makePresenterYours: 'Ihr Teilen endet zuerst',
		takeBack: 'Selbst zeigen',
		lowerHand: 'Hand senken',
		mayChatPublic: 'Darf an alle schreiben',
		mayChatPrivate: 'Darf privat schreiben',
		mayShare: 'Darf teilen',
		privateMessage: 'Private Nachricht',
		handOver: 'Leitung übergeben…',
		handOverHint: 'Nicht rückgängig zu machen',
		toLobby: 'Zurück in den Vorraum',
		remove: 'Entfernen',
		bar: 'Entfernen und sperren',
		barHint: 'Dieses Gerät kommt danach nur bis in den Vorraum',
		barred: (n) => `Gesperrt ${n}`,
		unbar: 'Wieder zulassen',
		lock: 'Besprechung abschließen',
		unlock: 'Besprechung öffnen',
		mosaic: 'Alle als Mosaik',
		alone: 'Noch ist niemand sonst da.',
		aloneInvite: 'Einladen',
	},

	handOver: {
		title: (name) => `Die Leitung an ${name} übergeben?`,
		text: (name) =>
			`${name} leitet dann die Besprechung an Ihrer Stelle: öffnet und entfernt, bestimmt, wer zeigt, ` +
			'beendet sie für alle. Sie nehmen nur noch teil. Das lässt sich nicht zurücknehmen, auch nicht ' +
			'mit Ihrem Link der Leitung.',
		go: 'Übergeben',
		keep: 'Leitung behalten',
	},
	removal: {
		title: (name) => `${name} entfernen?`,
		text: 'Für diese Person endet die Besprechung sofort. Mit dem Link kann sie wiederkommen.',
		go: 'Entfernen',
		barTitle: (name) => `${name} entfernen und sperren?`,
		barText:
			'Für diese Person endet die Besprechung sofort. Kommt dieses Gerät unter irgendeinem Namen ' +
			'wieder, wartet es im Vorraum. Solange jemand gesperrt ist, warten dort auch Geräte, die hier ' +
			'neu sind.',
		barGo: 'Entfernen und sperren',
		keep: 'Im Raum lassen',
	},

	chat: {
		title: 'Chat',
		log: 'Nachrichten',
		empty: 'Noch nichts gesagt',
		emptyText: 'Was Sie schreiben, geht an alle oder an eine Person. Mit der Besprechung ist es weg.',
		to: 'An',
		everyone: 'alle',
		message: 'Nachricht',
		placeholder: 'Nachricht schreiben',
		onlyToYou: 'nur an Sie',
		onlyTo: (name) => `nur an ${name}`,
		privateHint: (name) => `Nur an ${name}. Der Server könnte es lesen.`,
		newMessages: 'Neues',
		sending: 'wird gesendet…',
		failed: 'Nicht gesendet.',
		again: 'Noch einmal senden',
		tooLong: (n) => `${n} Zeichen zu viel`,
		offAll: 'Die Leitung hat den Chat für alle abgeschaltet.',
		offYou: 'Die Leitung hat den Chat für Sie abgeschaltet.',
		offPublic: 'Nachrichten an alle sind abgeschaltet. Sie können einer Person schreiben.',
		offNow: 'Der Chat geht wieder, sobald die Verbindung da ist.',
	},

	presenter: {
		title: 'Ihr Teilen',
		live: (time) => `Live, ${time}`,
		pausedFor: (time) => `Pause, ${time}`,
		sharing: 'Sie teilen',
		paused: 'Pausiert',
		interrupted: 'Teilen unterbrochen',
		opening: 'Teilen beginnt',
		to: (what, n) => `${what}, für ${n === 0 ? 'noch niemanden' : count(n, 'Person', 'Personen')}`,
		what: (label) => whatIsShared(label, 'Ganzer Monitor', 'Ein Fenster', 'Ein Browser-Tab', 'Ein Bildschirm'),
		frozen: 'Zu sehen ist das letzte Bild. Nichts Neues verlässt diesen Rechner.',
		blank: 'Zu sehen ist nichts. Nichts Neues verlässt diesen Rechner.',
		interruptedText: 'Die Verbindung ist weg. Das Teilen geht von selbst weiter, sobald sie wieder da ist.',
		pause: 'Pause',
		goOn: 'Weiter',
		stop: 'Beenden',
		whenPaused: 'In der Pause ist zu sehen',
		theLast: 'das letzte Bild',
		nothing: 'nichts',
		other: 'Etwas anderes zeigen',
		otherHint: 'Einen anderen Monitor oder ein einzelnes Fenster',
		second: 'Noch einen Bildschirm teilen',
		secondHint: 'Jeder wählt, welchen er ansieht',
		handOver: 'Weitergeben',
		handOverHint: 'Ihr Teilen endet zuerst',
		passTo: 'Wer soll zeigen?',
		viewers: 'Zuschauende',
		inStep: (n) => `${n} aktuell`,
		behind: (n) => `${n} zurück`,
		moreBehind: (n) => `und ${n} weitere, die weniger zurück sind`,
		allInStep: 'Alle sehen Ihr neuestes Bild.',
		noViewers: 'Noch schaut niemand zu.',
		slow: 'Langsames Netz, holt auf',
		soon: 'Gleich wieder aktuell',
		fps: (n) => `${n} je Sekunde`,
		kbit: (n) => `${n} kbit/s`,
		mbit: (n) => `${n} Mbit/s`,
		lag: 'Bis zum Server',
		ms: (n) => `${n} ms`,
		seconds: (n) => `${n} s`,
		shareN: (n) => `Bildschirm ${n}`,
		back: {
			title: 'Was zu sehen ist',
			show: 'Zeigen, was zu sehen ist',
			label: 'Ihr Bildschirm, wie er vom Server zurückkommt',
			ago: (age) => `vor ${age}`,
			lagHint: 'Wie alt ist, was zu sehen ist: von Ihrem Bildschirm zum Server und zurück',
			waiting: 'Wird geholt',
			frozen: 'Pause: Dieses Bild ist zu sehen',
			blank: 'Pause: Nichts ist zu sehen',
			interrupted: 'Die Verbindung ist weg',
			unreadable: 'Was zurückkommt, ist nicht lesbar. Es wurde neu angefordert.',
		},
		prefer: {
			title: 'Bei langsamer Leitung',
			automatic: 'Automatisch',
			text: 'Text',
			motion: 'Bewegung',
			hint: {
				automatic: 'Was sich bewegt, darf ungenau sein, bis es ruht; Text bleibt genau.',
				text: 'Jeder Bildpunkt ist genau, auch wenn er später kommt.',
				motion: 'Was sich bewegt, bleibt flüssig und wird später genau.',
			},
		},
		figures: {
			pictures: 'Bilder bisher',
			superseded: 'Durch neuere ersetzt',
			copies: 'Verschoben, nicht neu gesendet',
			sent: 'Gesendet',
			passedOn: 'Weitergegeben',
			frames: 'Pakete',
			kinds: (deltas, keys, previews) => `${deltas} Änderungen, ${keys} ganze Felder, ${previews} Vorschauen`,
			exact: 'Genauigkeit',
			allExact: 'jeder Bildpunkt',
			notExact: (n) => (n === 1 ? 'ein Bereich ist gerade Vorschau' : `${n} Bereiche sind gerade Vorschau`),
			repairs: 'Neu angefordert',
			asked: (needs, refreshes) => `${needs} vom Server, ${refreshes} von Zuschauenden`,
			unreadable: 'Nicht lesbar für Zuschauende',
			dropped: 'Vom Server nicht angenommen',
		},
		slowUplink: 'Ihr Upload ist langsam: Es kommen weniger Bilder an, jedes davon genau.',
		ended: {
			source_ended: 'Das Teilen ist zu Ende: Sie haben es im Browser beendet.',
			not_presenter: 'Das Teilen ist zu Ende: Jetzt zeigt jemand anders.',
			session_over: 'Das Teilen ist mit der Besprechung zu Ende.',
			failed:
				'Das Teilen ist zu Ende: Der Bildschirm ließ sich nicht mehr aufnehmen. Drücken Sie auf ' +
				'„Bildschirm“, um neu zu beginnen.',
		},
		pickFailed:
			'Dieser Browser konnte den Bildschirm nicht aufnehmen. Prüfen Sie die Erlaubnis des Systems zur ' +
			'Bildschirmaufnahme und drücken Sie noch einmal auf „Bildschirm“.',
		pickUnsupported:
			'Dieser Browser kann zusehen, aber nicht teilen. Zum Teilen nehmen Sie Chrome, Chromium, ' +
			'Edge oder Firefox auf einem Rechner.',
	},

	settings: {
		title: 'Einstellungen der Besprechung',
		entering: 'Hereinkommen',
		locked: 'Abgeschlossen',
		lockedHint: 'Niemand Neues kommt hinein; man kann anklopfen',
		lobby: 'Vorraum',
		lobbyHint: 'Alle Neuen warten, bis Sie öffnen',
		doing: 'Im Raum',
		open: 'Alle dürfen zeigen',
		openHint: 'Wer auf „Bildschirm“ drückt, zeigt',
		chatPublic: 'Chat an alle',
		chatPublicHint: 'Nachrichten, die der ganze Raum liest',
		chatPrivate: 'Privater Chat',
		chatPrivateHint: 'Nachrichten zwischen zwei Personen',
		audio: 'Alle dürfen sprechen',
		audioHint: 'Aus: nur Sie; offene Mikrofone schließen sich',
		video: 'Alle dürfen eine Kamera zeigen',
		videoHint: 'Aus: nur Sie; offene Kameras schließen sich',
		ending: 'Ende',
		end: 'Für alle beenden…',
		endHint: 'Die Besprechung ist nach wenigen Sekunden für alle vorbei',
	},
	end: {
		title: 'Die Besprechung für alle beenden?',
		text: (n) =>
			n > 0
				? `${n === 1 ? 'Eine weitere Person ist' : `${n} weitere Personen sind`} im Raum. ` +
					'Die Besprechung endet für alle, und ihr Schlüssel wird gelöscht. ' +
					'Sie lässt sich nicht wieder aufnehmen.'
				: 'Die Besprechung endet, und ihr Schlüssel wird gelöscht. Sie lässt sich nicht wieder aufnehmen.',
		go: 'Für alle beenden',
		keep: 'Weitermachen',
		leaveTitle: 'Die Besprechung verlassen?',
		leaveOrganizer: (successor) =>
			successor === ''
				? 'Sie leiten diese Besprechung. Niemand ist da, der übernehmen könnte; mit Ihrem Link können ' +
					'Sie wiederkommen.'
				: `Sie leiten diese Besprechung. Bleiben Sie weg, übernimmt ${successor} nach einer Minute die ` +
					'Leitung.',
		leaveGo: 'Gehen',
		leaveSharing: 'Ihr Teilen endet.',
		leaveKeep: 'Bleiben',
	},
	invite: {
		title: 'Einladen',
		link: 'Link',
		linkHint: 'Wer ihn hat, kommt hinein, außer die Besprechung ist abgeschlossen oder hat einen Vorraum.',
		copyLink: 'Link kopieren',
		number: 'Nummer',
		numberHint: (host) => `Zum Eintippen auf ${host}. Ohne den Link braucht man das Passwort oder klopft an.`,
		mail: 'Mail schreiben',
		mailSubject: (title) => `Einladung: ${title}`,
		mailBody: (title, link, number, host) =>
			`Sie sind zu „${title}“ eingeladen.\n\nÖffnen Sie diesen Link in Chrome, Edge oder ` +
			`Firefox:\n${link}\n\nOder geben Sie auf ${host} die Nummer ${number} ein und klopfen Sie an.\n`,
		noLink:
			'Sie sind mit der Nummer gekommen, deshalb kennt dieser Browser den Link nicht. Fragen Sie die ' +
			'Leitung danach.',
	},

	palette: {
		title: 'Aktion finden',
		placeholder: 'Was möchten Sie tun?',
		none: 'Nichts mit diesem Namen geht gerade.',
		results: (n) => count(n, 'Aktion', 'Aktionen'),
		makePresenter: (name) => `${name} zeigen lassen`,
		message: (name) => `${name} privat schreiben`,
		admit: (name) => `${name} öffnen`,
		lowerHand: (name) => `Hand von ${name} senken`,
		share: 'Bildschirm teilen',
		stop: 'Teilen beenden',
		pause: 'Teilen pausieren',
		goOn: 'Weiter teilen',
		lock: 'Besprechung abschließen',
		unlock: 'Besprechung öffnen',
		lobbyOn: 'Vorraum einschalten',
		lobbyOff: 'Vorraum ausschalten',
		showChat: 'Chat zeigen oder verbergen',
		showPeople: 'Personen zeigen oder verbergen',
		nextScreen: 'Nächsten Bildschirm zeigen',
		beside: 'Alle Bildschirme nebeneinander zeigen',
		oneScreen: 'Einen Bildschirm zeigen',
		write: 'Nachricht schreiben',
		language: (name) => `Sprache auf ${name} umstellen`,
		end: 'Besprechung für alle beenden',
		leave: 'Besprechung verlassen',
	},
	shortcuts: {
		title: 'Tastenkürzel',
		single: 'Einzelne Tasten wirken',
		singleHint: 'Aus: Nur Kombinationen mit Strg wirken',
		anywhere: 'Überall',
		onStage: 'Auf dem geteilten Bildschirm',
		pan: 'Bild verschieben',
		zoom: 'Größer, kleiner',
		esc: 'Offenes schließen',
		mac: '⌘',
		ctrl: 'Strg',
	},

	over: {
		again: 'Zurückkommen',
		newTry: 'Neu teilnehmen',
		front: 'Zur ersten Seite',
		left: {
			title: 'Sie sind gegangen',
			text: 'Nichts von Ihnen wird mehr gesendet. Solange die Besprechung läuft, bringt der Link Sie zurück.',
		},
		ended: {
			title: 'Die Besprechung ist vorbei',
			text:
				'Die Leitung hat sie für alle beendet, ihr Schlüssel ist gelöscht. In diesem Browser bleibt ' +
				'nichts davon.',
		},
		removed: {
			title: 'Sie wurden entfernt',
			text: 'Die Leitung hat Sie aus der Besprechung genommen. Sprechen Sie mit ihr, falls es ein Versehen war.',
		},
		barred: {
			title: 'Sie wurden entfernt',
			text: 'Die Leitung hat Sie aus der Besprechung genommen. Wenn Sie anklopfen, sieht sie es und entscheidet.',
		},
		denied: { title: 'Ihnen wurde nicht geöffnet', text: 'Die Leitung hat Sie diesmal nicht hineingelassen.' },
		elsewhere: {
			title: 'Sie sind in einem anderen Tab dabei',
			text: 'Sie können nur einmal da sein. Der andere Tab läuft als Sie weiter.',
			go: 'Hier weitermachen',
		},
		reload: {
			title: 'Es gibt eine neuere Fassung dieser Seite',
			text: 'Der Server wurde erneuert. Laden Sie neu, dann sind Sie wieder an Ihrem Platz.',
			go: 'Neu laden',
		},
		refused: {
			title: 'Der Server kennt diesen Platz nicht mehr',
			text: 'Vielleicht wurde er neu gestartet, oder Sie waren lange weg. Nehmen Sie neu teil.',
		},
		protocol: {
			title: 'Diese Seite hat einen Fehler gemacht',
			text:
				'Der Server hat die Verbindung geschlossen. Es liegt an uns, nicht an Ihnen: Nehmen Sie neu teil ' +
				'und schicken Sie uns den Code, wenn es wieder geschieht.',
		},
		too_much: {
			title: 'Von dieser Seite kam zu viel auf einmal',
			text:
				'Der Server hat die Verbindung geschlossen, um die anderen zu schützen. Warten Sie kurz und ' +
				'nehmen Sie dann neu teil.',
		},
		full: {
			title: 'Die Besprechung ist voll',
			text:
				'Mehr Personen passen nicht hinein. Bitten Sie die Leitung um Platz und versuchen Sie es noch ' +
				'einmal.',
		},
		lobby_timeout: {
			title: 'Niemand hat geöffnet',
			text:
				'Sie haben lange gewartet, deshalb hat der Vorraum Sie entlassen. Klopfen Sie wieder an, wenn ' +
				'jemand da ist.',
		},
		gone: {
			title: 'Sie waren zu lange weg',
			text: 'Ihr Platz wurde nach 15 Minuten aufgegeben. Nehmen Sie neu teil.',
		},
		said: 'Die Leitung schrieb:',
	},

	returning: { title: 'Zurück an Ihren Platz', text: 'Diese Seite nimmt ihn von selbst wieder ein.' },

	missing: {
		title: 'Dieser Browser kann nicht teilnehmen',
		lead:
			'Hier fehlt etwas, das Besprechungen brauchen. Aktuelle Fassungen von Chrome, Chromium, Edge, ' +
			'Firefox oder Safari haben es.',
		secure_context:
			'Die Seite wurde nicht über https geöffnet, deshalb verbirgt der Browser, was Besprechungen ' +
			'brauchen. Öffnen Sie den Link mit https.',
		webassembly:
			'WebAssembly fehlt oder ist abgeschaltet. Manche „sicheren Modi“ schalten es ab: Erlauben Sie es ' +
			'für diese Seite.',
		webassembly_simd: 'Dieser Browser ist zu alt für die Bilder (WebAssembly SIMD). Erneuern Sie ihn.',
		worker:
			'Hintergrundprogramme sind gesperrt, vielleicht von einer Erweiterung: Erlauben Sie Skripte für ' +
			'diese Seite.',
		offscreen_canvas: 'Dieser Browser kann nicht im Hintergrund zeichnen (OffscreenCanvas). Erneuern Sie ihn.',
		websocket:
			'WebSocket ist in diesem Browser gesperrt, vielleicht von einer Erweiterung oder Vorgabe: ' +
			'Erlauben Sie es für diese Seite.',
		web_crypto:
			'Die Verschlüsselung des Browsers fehlt (WebCrypto). Öffnen Sie die Seite über https oder ' +
			'erneuern Sie den Browser.',
		ed25519:
			'Dieser Browser kann die Unterschrift nicht leisten, die Ihr Gerät ausweist (Ed25519). Erneuern Sie ihn.',
		display_capture: 'Dieser Browser kann zusehen, aber seinen Bildschirm nicht teilen.',
		frame_capture: 'Dieser Browser kann zusehen, aber seinen Bildschirm nicht teilen.',
	},

	refusal: {
		denied: 'Das dürfen Sie nicht mehr.',
		stale: 'Das hat sich inzwischen geändert. Sehen Sie noch einmal nach.',
		invalid: 'Der Server hat das nicht angenommen.',
		busy: 'Der Server ist beschäftigt. Versuchen Sie es gleich noch einmal.',
		not_now:
			'Der Server kann diese Änderung gerade nicht festhalten. Nichts wurde geändert; versuchen Sie es ' +
			'in einer Minute.',
		too_many: 'Das war zu schnell. Versuchen Sie es gleich noch einmal.',
		locked: 'Die Besprechung ist abgeschlossen.',
		unknown_member: 'Diese Person ist gegangen.',
		outraced: 'Jemand anders war schneller.',
		offline: 'Es gibt keine Verbindung. Versuchen Sie es, sobald sie wieder da ist.',
		too_long: 'Das ist zu lang.',
	},

	announce: {
		joined: (name) => `${name} ist gekommen`,
		joinedMany: (n) => `${n} Personen sind gekommen`,
		left: (name) => `${name} ist gegangen`,
		leftMany: (n) => `${n} Personen sind gegangen`,
		hand: (name, place) => `${name} meldet sich, an ${place}. Stelle`,
		handDown: (name) => `${name} meldet sich nicht mehr`,
		presenter: (name) => `${name} zeigt jetzt`,
		youPresent: 'Sie zeigen jetzt',
		organizer: (name) => `${name} leitet jetzt`,
		youOrganize: 'Sie leiten jetzt',
		waits: (name) => `${name} wartet im Vorraum`,
		message: (name, text) => `${name} schreibt: ${text}`,
		privateMessage: (name, text) => `${name} schreibt nur Ihnen: ${text}`,
		shares: (name) => `${name} teilt einen Bildschirm`,
		sharesAnother: (name, n) => `${name} teilt noch einen Bildschirm, zusammen ${n}`,
		stopped: (name) => `${name} teilt nicht mehr`,
		paused: (name) => `${name} macht Pause`,
		wentOn: (name) => `${name} teilt weiter`,
		lost: 'Verbindung verloren',
		back: 'Wieder verbunden',
		chatOff: 'Sie dürfen nicht mehr chatten',
		chatOn: 'Sie dürfen chatten',
		shareOff: 'Sie dürfen nicht mehr teilen',
		mutedYou: 'Die Leitung hat Sie stummgeschaltet',
		mediaOff: 'Ihr Mikrofon ist aus: Sie dürfen nicht mehr sprechen',
		locked: 'Die Besprechung ist abgeschlossen',
		unlocked: 'Die Besprechung ist offen',
	},
};
