// SPDX-License-Identifier: GPL-2.0
// http.js ADDRESS PORT: a server that gives every body back. With "small N": N requests, 8 at a time. With "large N": one
// body of N MiB, sent while the answer is read.
'use strict';
const crypto = require('crypto');
const http = require('http');
const { pipeline } = require('stream');

const [host, port, what, times] = process.argv.slice(2);
const agent = new http.Agent({ keepAlive: true, maxSockets: 8 });

function ask(body, heard) {
	const hash = crypto.createHash('sha256');
	const request = http.request({ host, port, agent, method: 'POST' }, answer => {
		answer.on('data', octets => hash.update(octets));
		answer.on('end', () => heard(hash.digest('hex')));
	});

	request.on('error', error => {
		console.error(error.message);
		process.exit(1);
	});
	request.end(body);
	return request;
}

const hashOf = body => crypto.createHash('sha256').update(body).digest('hex');

function small(number) {
	const ports = new Set();
	let answered = 0, right = 0;

	for (let i = 0; i < number; i++) {
		const body = `request ${i}`;
		const request = ask(body, hash => {
			right += hash === hashOf(body);
			ports.add(request.socket.localPort);
			if (++answered < number)
				return;
			console.log(`${right} of ${number}`);
			console.log(`connections ${ports.size}`);
			agent.destroy();
		});
	}
}

function large(mebibytes) {
	const body = crypto.randomBytes(mebibytes << 20);

	ask(body, hash => {
		console.log(hash === hashOf(body) ? 'as sent' : 'not as sent');
		agent.destroy();
	});
}

if (what)
	({ small, large })[what](Number(times));
else
	http.createServer((request, answer) => pipeline(request, answer, () => {})).listen(port, host);
