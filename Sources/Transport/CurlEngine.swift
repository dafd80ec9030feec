import CCurl
import Glibc
import Synchronization

/// One thread that owns a curl multi handle. `curl_multi_wakeup` is the only call made from other threads.
final class CurlEngine: Sendable {
    private struct State {
        /// Nil once the thread has ended, so that nobody wakes a freed handle.
        var multi: UnsafeMutableRawPointer?
        var inbox: [Submission] = []
        var underway = 0
        var isStopping = false
        /// The thread, until somebody waits for its end.
        var thread: pthread_t?
    }

    private let state: Mutex<State>

    private static let globalInitialisation = ccurl_global_init()

    init(maximumConnections: Int) throws(TransportError) {
        guard Self.globalInitialisation == CURLE_OK, let multi = curl_multi_init() else {
            throw .configuration(detail: "libcurl does not start")
        }
        let count = max(1, maximumConnections)
        _ = ccurl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, count)
        _ = ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, count)
        // The address travels as an integer: the handle is given to exactly one thread, with this state.
        let address = UInt(bitPattern: multi)
        state = Mutex(State(multi: UnsafeMutableRawPointer(bitPattern: address)))
        try startThread()
    }

    func submit(_ submission: Submission) {
        let refusal: TransportError? = state.withLock { state in
            guard let multi = state.multi, !state.isStopping else { return .closed }
            guard state.underway < Limits.requests else { return .busy(limit: Limits.requests) }
            state.underway += 1
            state.inbox.append(submission)
            curl_multi_wakeup(multi)
            return nil
        }
        if let refusal { submission.continuation.resume(returning: .failure(TransferFailure(error: refusal))) }
    }

    func wake() {
        state.withLock { state in
            if let multi = state.multi { curl_multi_wakeup(multi) }
        }
    }

    /// Ends the thread and waits for it: a process that exits while libcurl frees its TLS sessions in another thread
    /// meets OpenSSL's own cleanup, and dies of a double free.
    func stop() {
        let thread = state.withLock { state in
            state.isStopping = true
            if let multi = state.multi { curl_multi_wakeup(multi) }
            defer { state.thread = nil }
            return state.thread
        }
        if let thread { pthread_join(thread, nil) }
    }

    private func startThread() throws(TransportError) {
        let context = Unmanaged.passRetained(self)
        // All signals stay blocked in the thread: SIGTERM belongs to the program, and OpenSSL may raise SIGPIPE, which
        // libcurl does not mask when NOSIGNAL is set.
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<CurlEngine>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            }, context.toOpaque())
        pthread_sigmask(SIG_SETMASK, &before, nil)
        guard code == 0 else {
            context.release()
            state.withLock { state in
                curl_multi_cleanup(state.multi)
                state.multi = nil
            }
            throw .configuration(detail: "no thread could be started")
        }
        let started = thread
        state.withLock { $0.thread = started }
    }

    private func run() {
        let handle = state.withLock { UInt(bitPattern: $0.multi) }
        guard let multi = UnsafeMutableRawPointer(bitPattern: handle) else { return }
        var active: [UnsafeMutableRawPointer: Transfer] = [:]
        while true {
            let (arrived, isStopping) = state.withLock { state in
                let arrived = state.inbox
                state.inbox = []
                return (arrived, state.isStopping)
            }
            if isStopping {
                for submission in arrived {
                    submission.continuation.resume(returning: .failure(TransferFailure(error: .closed)))
                }
                break
            }
            for submission in arrived { start(submission, multi, &active) }
            for transfer in active.values where transfer.isCancelled {
                end(transfer, .failure(TransferFailure(error: .cancelled)), multi, &active)
            }
            var running: Int32 = 0
            curl_multi_perform(multi, &running)
            var remaining: Int32 = 0
            while let message = curl_multi_info_read(multi, &remaining) {
                guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle,
                    let transfer = active[easy]
                else { continue }
                end(transfer, transfer.result(ccurl_message_result(message)), multi, &active)
            }
            curl_multi_poll(multi, nil, 0, 60_000, nil)
        }
        for transfer in active.values { end(transfer, .failure(TransferFailure(error: .closed)), multi, &active) }
        state.withLock { $0.multi = nil }
        curl_multi_cleanup(multi)
    }

    private func start(
        _ submission: Submission, _ multi: UnsafeMutableRawPointer,
        _ active: inout [UnsafeMutableRawPointer: Transfer]
    ) {
        do throws(TransportError) {
            let transfer = try Transfer(submission)
            guard curl_multi_add_handle(multi, transfer.easy) == CURLM_OK else {
                throw .configuration(detail: "libcurl does not take the request")
            }
            active[transfer.easy] = transfer
        } catch {
            state.withLock { $0.underway -= 1 }
            submission.continuation.resume(returning: .failure(TransferFailure(error: error)))
        }
    }

    private func end(
        _ transfer: Transfer, _ result: Result<Exchange, TransferFailure>, _ multi: UnsafeMutableRawPointer,
        _ active: inout [UnsafeMutableRawPointer: Transfer]
    ) {
        curl_multi_remove_handle(multi, transfer.easy)
        active[transfer.easy] = nil
        state.withLock { $0.underway -= 1 }
        transfer.continuation.resume(returning: result)
    }
}
