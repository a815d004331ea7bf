#include "textflag.h"

// SSE only, which every amd64 has. Products are rounded before they are added, so
// these give what the loops of vectors_other.go give, to the bit.

// func addTo(dst, src []float32)
TEXT ·addTo(SB), NOSPLIT, $0-48
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ src_base+24(FP), SI
	CMPQ CX, $16
	JL   four

sixteen:
	MOVUPS (DI), X0
	MOVUPS 16(DI), X1
	MOVUPS 32(DI), X2
	MOVUPS 48(DI), X3
	MOVUPS (SI), X4
	MOVUPS 16(SI), X5
	MOVUPS 32(SI), X6
	MOVUPS 48(SI), X7
	ADDPS  X4, X0
	ADDPS  X5, X1
	ADDPS  X6, X2
	ADDPS  X7, X3
	MOVUPS X0, (DI)
	MOVUPS X1, 16(DI)
	MOVUPS X2, 32(DI)
	MOVUPS X3, 48(DI)
	ADDQ   $64, DI
	ADDQ   $64, SI
	SUBQ   $16, CX
	CMPQ   CX, $16
	JGE    sixteen

four:
	CMPQ   CX, $4
	JL     one
	MOVUPS (DI), X0
	MOVUPS (SI), X4
	ADDPS  X4, X0
	MOVUPS X0, (DI)
	ADDQ   $16, DI
	ADDQ   $16, SI
	SUBQ   $4, CX
	JMP    four

one:
	TESTQ CX, CX
	JLE   done
	MOVSS (DI), X0
	ADDSS (SI), X0
	MOVSS X0, (DI)
	ADDQ  $4, DI
	ADDQ  $4, SI
	DECQ  CX
	JMP   one

done:
	RET

// func dotRows(out, rows []float32, stride int, x []float32)
TEXT ·dotRows(SB), NOSPLIT, $0-80
	MOVQ out_base+0(FP), DI
	MOVQ out_len+8(FP), R8
	MOVQ rows_base+24(FP), SI
	MOVQ stride+48(FP), R9
	SHLQ $2, R9
	MOVQ x_base+56(FP), DX
	MOVQ x_len+64(FP), R10

row:
	TESTQ R8, R8
	JLE   finished
	MOVQ  SI, AX
	MOVQ  DX, BX
	MOVQ  R10, CX
	XORPS X0, X0
	XORPS X1, X1
	CMPQ  CX, $8
	JL    fold

eight:
	MOVUPS (AX), X2
	MOVUPS 16(AX), X3
	MOVUPS (BX), X4
	MOVUPS 16(BX), X5
	MULPS  X4, X2
	MULPS  X5, X3
	ADDPS  X2, X0
	ADDPS  X3, X1
	ADDQ   $32, AX
	ADDQ   $32, BX
	SUBQ   $8, CX
	CMPQ   CX, $8
	JGE    eight

fold:
	ADDPS   X1, X0
	MOVHLPS X0, X1
	ADDPS   X1, X0
	MOVAPS  X0, X1
	SHUFPS  $1, X1, X1
	ADDSS   X1, X0

tail:
	TESTQ CX, CX
	JLE   store
	MOVSS (AX), X2
	MULSS (BX), X2
	ADDSS X2, X0
	ADDQ  $4, AX
	ADDQ  $4, BX
	DECQ  CX
	JMP   tail

store:
	MOVSS X0, (DI)
	ADDQ  $4, DI
	ADDQ  R9, SI
	DECQ  R8
	JMP   row

finished:
	RET

// func learnRows(rows []float32, stride int, rates, grad, hidden []float32)
TEXT ·learnRows(SB), NOSPLIT, $0-104
	MOVQ rows_base+0(FP), SI
	MOVQ stride+24(FP), R9
	SHLQ $2, R9
	MOVQ rates_base+32(FP), R11
	MOVQ rates_len+40(FP), R8
	MOVQ grad_base+56(FP), DX
	MOVQ grad_len+64(FP), R10
	MOVQ hidden_base+80(FP), R12

learnrow:
	TESTQ  R8, R8
	JLE    learned
	MOVSS  (R11), X7
	SHUFPS $0, X7, X7
	MOVQ   SI, AX
	MOVQ   DX, BX
	MOVQ   R12, DI
	MOVQ   R10, CX
	CMPQ   CX, $8
	JL     learnfour

learneight:
	MOVUPS (AX), X0
	MOVUPS 16(AX), X1
	MOVAPS X0, X2
	MOVAPS X1, X3
	MULPS  X7, X2
	MULPS  X7, X3
	MOVUPS (BX), X4
	MOVUPS 16(BX), X5
	ADDPS  X2, X4
	ADDPS  X3, X5
	MOVUPS X4, (BX)
	MOVUPS X5, 16(BX)
	MOVUPS (DI), X2
	MOVUPS 16(DI), X3
	MULPS  X7, X2
	MULPS  X7, X3
	ADDPS  X2, X0
	ADDPS  X3, X1
	MOVUPS X0, (AX)
	MOVUPS X1, 16(AX)
	ADDQ   $32, AX
	ADDQ   $32, BX
	ADDQ   $32, DI
	SUBQ   $8, CX
	CMPQ   CX, $8
	JGE    learneight

learnfour:
	CMPQ   CX, $4
	JL     learnone
	MOVUPS (AX), X0
	MOVAPS X0, X2
	MULPS  X7, X2
	MOVUPS (BX), X4
	ADDPS  X2, X4
	MOVUPS X4, (BX)
	MOVUPS (DI), X2
	MULPS  X7, X2
	ADDPS  X2, X0
	MOVUPS X0, (AX)
	ADDQ   $16, AX
	ADDQ   $16, BX
	ADDQ   $16, DI
	SUBQ   $4, CX

learnone:
	TESTQ CX, CX
	JLE   learnnext
	MOVSS (AX), X0
	MOVSS X0, X2
	MULSS X7, X2
	MOVSS (BX), X4
	ADDSS X2, X4
	MOVSS X4, (BX)
	MOVSS (DI), X2
	MULSS X7, X2
	ADDSS X2, X0
	MOVSS X0, (AX)
	ADDQ  $4, AX
	ADDQ  $4, BX
	ADDQ  $4, DI
	DECQ  CX
	JMP   learnone

learnnext:
	ADDQ $4, R11
	ADDQ R9, SI
	DECQ R8
	JMP  learnrow

learned:
	RET
