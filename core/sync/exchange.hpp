// core/sync/exchange.hpp -- one request of a phone as the server reads it, and the answer as it writes it.
// Plain data both ways: what happens in between (store, order, permissions) is the engine's business.
#pragma once

#include <optional>
#include <vector>

#include "core/sync/frame.hpp"
#include "core/sync/message.hpp"
#include "core/sync/reconcile_message.hpp"
#include "core/sync/scope_message.hpp"

namespace doorstep {

/// What a request asks, read in two steps, since what follows HELLO leaves out what the server is to know from it.
/// Frames are independent: those before a damaged one count. The message must outlive it.
struct Exchange {
    Hello hello;
    std::vector<Push> pushes;
    std::vector<Pull> pulls;
    // From a phone whose histories part from the server's (reconcile_message.hpp).
    std::vector<Ranges> ranges;
    std::vector<Offer> offers;
    std::vector<Bring> brought;
    std::vector<Fetch> fetches;
    // From a phone whose scope changed (scope_message.hpp).
    std::vector<BytesView> sealed;  ///< own commits that only the office can read
    std::optional<Purged> purged;
    enum class Names { not_asked, asked } names = Names::not_asked;
    std::optional<Error> broken;  ///< why reading stopped, if it did: malformed, chain_broken, …

    /// Reads HELLO. Errors: malformed when the message has none, protocol_version when it cannot be understood at all.
    static Result<Exchange> open(BytesView message);
    /// Reads the rest. `context.before` is what stands at HELLO's base; without it PUSH frames cannot be read and are
    /// passed over: WELCOME will tell the phone where to go on.
    void read_rest(std::optional<PushContext> context);

private:
    explicit Exchange(BytesView message) : frames_(message) {}
    Status read(const Frame& frame, std::optional<PushContext>& context);
    FrameReader frames_;
};

/// Collects one run of a stream into frames and closes it with a checkpoint.
class StreamWriter {
public:
    StreamWriter(Bytes& message, DataMemory& memory, const Stream& stream, std::uint64_t after);
    void add(Data::Entry entry);
    Bytes& message() { return message_; }
    /// The run up to here was written in another form.
    void skip_to(std::uint64_t position) { data_.after = position; }
    /// Bytes written and pending; the caller stops adding when its budget is spent.
    std::size_t bytes() const { return message_.size() + pending_bytes_; }
    std::uint64_t position() const { return data_.after + data_.entries.size(); }
    /// `digest`: of the stream at position(). `head`: where it ends now.
    void close(const Digest& digest, std::uint64_t head);

private:
    void flush();
    Bytes& message_;
    DataMemory& memory_;
    Data data_;
    std::size_t pending_bytes_ = 0;
};

}  // namespace doorstep
