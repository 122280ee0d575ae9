// Everything of a flush that leaves by one socket, receiver by receiver.
#pragma once

#include "command_groups.h"
#include "packet_maker.h"
#include "send_batch.h"
#include "session_table.h"

namespace rivero {

// Brings closer what the receivers of the list need, each step when what it looks at is there already: a broadcast goes
// through more memory than the processor keeps near.
template <class EntryOf>
class GroupPrefetch {
 public:
  GroupPrefetch(const CommandGroups& groups, EntryOf entry_of, SessionTable* sessions, const PacketMaker& maker,
                uint32_t first)
      : groups_(groups), entry_of_(entry_of), sessions_(sessions), maker_(maker) {
    ahead_[0] = first;
    for (int i = 1; i < kAhead; i++) ahead_[i] = Next(ahead_[i - 1]);
  }

  // One receiver further.
  void Step() {
    for (int i = 1; i < kAhead; i++) ahead_[i - 1] = ahead_[i];
    ahead_[kAhead - 1] = Next(ahead_[kAhead - 1]);
    if (ahead_[0] != CommandGroups::kEnd) sessions_->At(ahead_[0])->sender->PrefetchContext();
    if (ahead_[1] != CommandGroups::kEnd) {
      sessions_->At(ahead_[1])->sender->Prefetch();
      maker_.Prefetch(entry_of_(groups_.first_command(ahead_[1])));
    }
    if (ahead_[2] != CommandGroups::kEnd) __builtin_prefetch(sessions_->At(ahead_[2]), 1);
  }

 private:
  static constexpr int kAhead = 3;
  uint32_t Next(uint32_t session) const {
    return session == CommandGroups::kEnd ? CommandGroups::kEnd : groups_.next_session(session);
  }

  const CommandGroups& groups_;
  EntryOf entry_of_;
  SessionTable* sessions_;
  const PacketMaker& maker_;
  uint32_t ahead_[kAhead];
};

// entry_of gives the entries of a command. Returns the number of packets made.
template <class EntryOf>
uint32_t SendGroup(const CommandGroups& groups, uint32_t socket, EntryOf entry_of, SessionTable* sessions,
                   UdpSocket* by, PacketMaker* maker, SendBatch* batch) {
  uint32_t made = 0;
  batch->Begin(by);
  const uint32_t first = groups.first_session(socket);
  GroupPrefetch<EntryOf> prefetch(groups, entry_of, sessions, *maker, first);
  for (uint32_t index = first; index != CommandGroups::kEnd; index = groups.next_session(index)) {
    prefetch.Step();
    Session* session = sessions->At(index);
    for (uint32_t i = groups.first_command(index); i != CommandGroups::kEnd; i = groups.next_command(i)) {
      const size_t length = maker->Make(entry_of(i), session, batch->Next());
      if (length == 0) continue;
      batch->Commit(length, &session->remote, session->traffic_class);
      made++;
    }
  }
  batch->Send();
  return made;
}

}  // namespace rivero
