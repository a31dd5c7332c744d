#include "archive.h"
#include "realm.h"

uint32_t archive_crc(uint32_t crc, const void* bytes, size_t size)
{
	const uint8_t* byte = bytes;
	crc = ~crc;
	while (size--) {
		crc ^= *byte++;
		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (0xedb88320u & -(crc & 1));
	}
	return ~crc;
}

enum archive_error archive_check(txMachine* the, const void* bytes, size_t size, uint32_t after)
{
	const struct archive* archive = bytes;
	if (size < sizeof(*archive) || memcmp(archive->magic, "FXBC", 4))
		return ARCHIVE_NONE;
	size -= sizeof(*archive);
	if (!(archive->names_size <= size && archive->code_size <= size - archive->names_size))
		return ARCHIVE_NONE;
	uint32_t crc = archive_crc(0, bytes, offsetof(struct archive, crc));
	if (archive_crc(crc, archive + 1, archive->names_size + archive->code_size) != archive->crc)
		return ARCHIVE_NONE;
	return archive->after == after && archive->keys == the->keyIndex ? ARCHIVE_OK : ARCHIVE_ELSEWHERE;
}

enum archive_error archive_names(txMachine* the, const void* bytes)
{
	const struct archive* archive = bytes;
	char* name = (char*)(archive + 1);
	for (int i = 0; i < archive->names; i++) {
		if (fxNewNameX(the, name) != archive->keys + i)
			return ARCHIVE_ELSEWHERE;
		name += c_strlen(name) + 1;
	}
	return ARCHIVE_OK;
}

void archive_run(txMachine* the, const void* bytes)
{
	const struct archive* archive = bytes;
	txScript script = { 0 };
	script.codeBuffer = (txS1*)(archive + 1) + archive->names_size;
	script.codeSize = (txSize)archive->code_size;
	realm_run(the, &script);
}

const char* archive_end(const void* bytes)
{
	const struct archive* archive = bytes;
	return (const char*)(archive + 1) + archive->names_size + archive->code_size;
}

int archive_loads(const void* bytes, size_t size)
{
	const char* end = archive_end(bytes);
	return archive_crc(0, end, (size_t)((const char*)bytes + size - end)) == ((const struct archive*)bytes)->load;
}

void archive_load(txMachine* the, const void* bytes, size_t size)
{
	txScript script = { 0 };
	script.codeBuffer = (txS1*)archive_end(bytes);
	script.codeSize = (txSize)((const char*)bytes + size - archive_end(bytes));
	realm_run(the, &script);
}
