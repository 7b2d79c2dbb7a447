"""The recorder that this one is compared with: Flask over sqlite3, a commit for each request. Arguments: PORT FILE."""

import sqlite3
import sys

from flask import Flask, jsonify, request

app = Flask(__name__)
port, path = int(sys.argv[1]), sys.argv[2]


def connect():
    return sqlite3.connect(path, timeout=30)


with connect() as db:
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("CREATE TABLE IF NOT EXISTS ips (id INTEGER PRIMARY KEY, ip TEXT, client TEXT, UNIQUE (ip, client))")
    db.execute("CREATE TABLE IF NOT EXISTS pings (id INTEGER PRIMARY KEY, ip_id INTEGER, latency_ms REAL, at TEXT)")


@app.post("/ips")
def register():
    body = request.get_json()
    db = connect()
    try:
        db.execute("INSERT OR IGNORE INTO ips (ip, client) VALUES (?, ?)", (body["ip"], body["client"]))
        db.commit()
    finally:
        db.close()
    return jsonify(body), 201


@app.post("/record-ping/<client>")
def record(client):
    body = request.get_json()
    db = connect()
    try:
        row = db.execute("SELECT id FROM ips WHERE ip = ? AND client = ?", (body["ip"], client)).fetchone()
        if row is None:
            return jsonify(error="not registered"), 404
        db.execute(
            "INSERT INTO pings (ip_id, latency_ms, at) VALUES (?, ?, strftime('%Y-%m-%dT%H:%M:%f', 'now'))",
            (row[0], body["latency_ms"]),
        )
        db.commit()
    finally:
        db.close()
    return jsonify(status="ok"), 201


if __name__ == "__main__":
    app.run("127.0.0.1", port, threaded=True)
