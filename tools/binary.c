// SPDX-License-Identifier: GPL-2.0
/*
 * Reads ELF files, which may be anybody's: nothing in them is believed before it was seen to lie within them.
 */
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "binary.h"

struct image {
	const char *start;
	size_t size;
	const Elf64_Ehdr *header;
	const Elf64_Shdr *sections;
};

static const void *part(const struct image *image, u64 offset, u64 size)
{
	if (offset > image->size || size > image->size - offset)
		return NULL;
	return image->start + offset;
}

/* A string of a section of strings, "" for one that does not end there. */
static const char *text(const struct image *image, const Elf64_Shdr *strings, u64 offset)
{
	const char *found;

	if (offset >= strings->sh_size || !part(image, strings->sh_offset, strings->sh_size))
		return "";
	found = image->start + strings->sh_offset + offset;
	return memchr(found, '\0', strings->sh_size - offset) ? found : "";
}

static const Elf64_Shdr *section(const struct image *image, u32 number)
{
	return number < image->header->e_shnum ? &image->sections[number] : NULL;
}

static void read_loader(const struct image *image, struct binary *binary)
{
	const Elf64_Phdr *headers = part(image, image->header->e_phoff,
					 (u64)image->header->e_phnum * sizeof(*headers));
	const char *path;
	u32 i;

	for (i = 0; headers && i < image->header->e_phnum; i++) {
		if (headers[i].p_type != PT_INTERP)
			continue;
		path = part(image, headers[i].p_offset, headers[i].p_filesz);
		if (path)
			snprintf(binary->loader, sizeof(binary->loader), "%.*s",
				 (int)headers[i].p_filesz, path);
	}
}

static bool needs(const struct image *image, const Elf64_Shdr *symbols, const char *name)
{
	const Elf64_Shdr *strings = section(image, symbols->sh_link);
	const Elf64_Sym *all = part(image, symbols->sh_offset, symbols->sh_size);
	size_t i;

	for (i = 0; strings && all && i < symbols->sh_size / sizeof(*all); i++)
		if (all[i].st_shndx == SHN_UNDEF && !strcmp(text(image, strings, all[i].st_name), name))
			return true;
	return false;
}

/* The family is a number, which no symbol tells: who only talks to a daemon of this host does without these. */
static bool is_internet(const struct image *image, const Elf64_Shdr *symbols)
{
	static const char *const names[] = {
		"listen", "setsockopt", "getaddrinfo", "gethostbyname", "inet_pton", "inet_addr", "inet_aton",
	};
	size_t i;

	if (!needs(image, symbols, "socket"))
		return false;
	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (needs(image, symbols, names[i]))
			return true;
	return false;
}

static void read_sections(const struct image *image, struct binary *binary)
{
	const Elf64_Shdr *names = section(image, image->header->e_shstrndx);
	const char *name;
	u32 i;

	for (i = 0; i < image->header->e_shnum; i++) {
		name = names ? text(image, names, image->sections[i].sh_name) : "";
		if (!strcmp(name, ".go.buildinfo") || !strcmp(name, ".note.go.buildid"))
			binary->go = true;
		if (image->sections[i].sh_type == SHT_DYNSYM && is_internet(image, &image->sections[i]))
			binary->internet = true;
	}
}

static u16 own_machine(void)
{
	Elf64_Ehdr header = { 0 };
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return EM_NONE;
	if (read(fd, &header, sizeof(header)) != sizeof(header))
		header.e_machine = EM_NONE;
	close(fd);
	return header.e_machine;
}

static void read_image(struct image *image, struct binary *binary)
{
	image->header = part(image, 0, sizeof(*image->header));
	if (!image->header || memcmp(image->header->e_ident, ELFMAG, SELFMAG))
		return;
	binary->elf = true;
	binary->foreign = image->header->e_ident[EI_CLASS] != ELFCLASS64 ||
			  image->header->e_machine != own_machine();
	if (binary->foreign)
		return;
	read_loader(image, binary);
	image->sections = part(image, image->header->e_shoff,
			       (u64)image->header->e_shnum * sizeof(*image->sections));
	if (image->sections)
		read_sections(image, binary);
}

/**
 * binary_read - look into a file
 * @binary: receives what was found
 * @path: of the file
 *
 * Return: 0, or -1 with errno when it cannot be read.
 */
int binary_read(struct binary *binary, const char *path)
{
	struct image image = { 0 };
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	memset(binary, 0, sizeof(*binary));
	if (fd < 0)
		return -1;
	if (!fstat(fd, &status) && status.st_size) {
		image.size = status.st_size;
		image.start = mmap(NULL, image.size, PROT_READ, MAP_PRIVATE, fd, 0);
	}
	close(fd);
	if (image.start && image.start != MAP_FAILED) {
		read_image(&image, binary);
		munmap((void *)image.start, image.size);
	}
	return 0;
}
