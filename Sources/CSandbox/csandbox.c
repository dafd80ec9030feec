#include "CSandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define CSANDBOX_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define CSANDBOX_ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "the sandbox knows x86_64 and aarch64"
#endif

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, (value))
#define REFUSE RETURN(SECCOMP_RET_ERRNO | EACCES)
// Refuses one call; the number is in the accumulator.
#define DENY(number) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1), REFUSE
// Refuses a call that opens a file for anything but reading: the low half of the flags decides.
#define READ_ONLY(number, argument)                                                     \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 4), LOAD(args[argument]),          \
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC, 0, 1), \
        REFUSE, RETURN(SECCOMP_RET_ALLOW)

static int limit(int resource, uint64_t value) {
    struct rlimit bound = {value, value};
    return setrlimit(resource, &bound) == 0 ? 0 : errno;
}

int32_t csandbox_enter(uint64_t memory_bytes) {
    struct sock_filter filter[] = {
        LOAD(arch),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CSANDBOX_ARCHITECTURE, 1, 0),
        RETURN(SECCOMP_RET_KILL_PROCESS),
        LOAD(nr),
#ifdef __x86_64__
        // The x32 calls have numbers of their own.
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
        REFUSE,
        READ_ONLY(SYS_open, 1),
        DENY(SYS_creat),
        DENY(SYS_rename),
        DENY(SYS_unlink),
        DENY(SYS_rmdir),
        DENY(SYS_mkdir),
        DENY(SYS_link),
        DENY(SYS_symlink),
        DENY(SYS_chmod),
        DENY(SYS_chown),
        DENY(SYS_fork),
        DENY(SYS_vfork),
#endif
        READ_ONLY(SYS_openat, 2),
        DENY(SYS_openat2),
        DENY(SYS_socket),
        DENY(SYS_socketpair),
        DENY(SYS_connect),
        DENY(SYS_bind),
        DENY(SYS_listen),
        DENY(SYS_accept),
        DENY(SYS_accept4),
        DENY(SYS_sendto),
        DENY(SYS_sendmsg),
        DENY(SYS_sendmmsg),
        DENY(SYS_execve),
        DENY(SYS_execveat),
        DENY(SYS_ptrace),
        DENY(SYS_process_vm_readv),
        DENY(SYS_process_vm_writev),
        DENY(SYS_kill),
        DENY(SYS_renameat),
        DENY(SYS_renameat2),
        DENY(SYS_unlinkat),
        DENY(SYS_mkdirat),
        DENY(SYS_linkat),
        DENY(SYS_symlinkat),
        DENY(SYS_mknodat),
        DENY(SYS_truncate),
        DENY(SYS_fchmodat),
        DENY(SYS_fchownat),
        DENY(SYS_mount),
        DENY(SYS_unshare),
        DENY(SYS_setns),
        DENY(SYS_bpf),
        DENY(SYS_io_uring_setup),
        DENY(SYS_keyctl),
        RETURN(SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof filter[0], filter};
    int fault = limit(RLIMIT_CORE, 0);
    if (fault == 0) fault = limit(RLIMIT_FSIZE, 0);
    if (fault == 0 && memory_bytes > 0) fault = limit(RLIMIT_AS, memory_bytes);
    if (fault != 0) return fault;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
    // For all threads that the runtime has started.
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) != 0) return errno;
    return 0;
}
