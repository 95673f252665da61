# SPDX-License-Identifier: GPL-2.0
# awk -f json.awk -f collect.awk FIGURES...: what the guests measured, one document, a row a
# line: kernel, compiler, operation, how many seeds, the median of each transport over the seeds, and Clasp's share
# of TCP's. Where a transport was not there its value is the reason.

function median(key,    i, j, t, v, n)
{
	n = samples[key]
	for (i = 1; i <= n; i++)
		v[i] = sample[key, i]
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && v[j - 1] > v[j]; j--) {
			t = v[j]
			v[j] = v[j - 1]
			v[j - 1] = t
		}
	return v[int((n + 1) / 2)]
}

/"kernel":/ {
	kernel = field("kernel", $0)
	compiler = field("compiler", $0)
}

/"of":/ {
	of = field("of", $0)
	row = "\"kernel\": \"" kernel "\", \"compiler\": \"" compiler "\", \"over\": \"" field("over", $0) \
		"\", \"name\": \"" field("name", $0) "\", \"unit\": \"" field("unit", $0) "\""
	if (!(row in known)) {
		known[row] = 1
		order[++rows] = row
	}
	if (!((row, of) in met)) {
		met[row, of] = 1
		of_row[row] = of_row[row] " " of
	}
	if (field("value", $0) != "")
		sample[row SUBSEP of, ++samples[row SUBSEP of]] = field("value", $0) + 0
	else
		absent[row, of] = field("absent", $0)
}

END {
	print "{\"rows\": ["
	for (i = 1; i <= rows; i++) {
		row = order[i]
		printf "{%s, \"seeds\": %d", row, samples[row SUBSEP "tcp"]
		n = split(of_row[row], name, " ")
		delete value
		for (j = 1; j <= n; j++) {
			if (samples[row SUBSEP name[j]]) {
				value[name[j]] = median(row SUBSEP name[j])
				printf ", \"%s\": %.10g", name[j], value[name[j]]
			} else
				printf ", \"%s\": \"%s\"", name[j], absent[row, name[j]]
		}
		if (value["tcp"] && "clasp" in value)
			printf ", \"ratio\": %.4f", value["clasp"] / value["tcp"]
		print i < rows ? "}," : "}"
	}
	print "]}"
}
